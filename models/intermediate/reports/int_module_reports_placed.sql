{#- The Beneficiary Module's questionnaires stand in a table of their own: each ends where its mobility in the same workbook does. -#}

with

questionnaires as (

    {{ delivered_rows(ref('stg_beneficiary_module__participant_reports'), 'beneficiary_module__participant_report') }}

),

mobilities as (

    select * from {{ ref('int_module_mobilities_reported') }}
    where data_type = 'mobility'

),

reports as (

    select * from {{ ref('int_reports_versioned') }}
    where source_system = 'beneficiary_module'

),

-- Of a mobility that the workbook repeats the last row that is not set aside stands for it, as it does for the report.
ranked_mobilities as (

    select
        mobilities.extract_id,
        mobilities.report_id,
        mobilities.report_row_number,
        reports.row_status,
        row_number() over (
            partition by mobilities.extract_id, mobilities.report_id
            order by
                case reports.row_status when 'duplicate' then 2 when 'rejected' then 3 when 'incoming' then 2 else 1 end asc,
                mobilities.row_number desc
        ) as rank_in_extract
    from mobilities
    inner join reports
        on mobilities.extract_id = reports.extract_id
        and mobilities.row_number = reports.row_number

),

final as (

    select
        questionnaires.extract_id,
        questionnaires.row_number,
        questionnaires.report_id,
        case
            when questionnaires.is_rejected then 'rejected'
            when ranked_mobilities.report_id is null then 'without_mobility'
            when questionnaires.row_number <> ranked_mobilities.report_row_number then 'duplicate'
            else ranked_mobilities.row_status
        end as row_status

    from questionnaires
    left join ranked_mobilities
        on questionnaires.extract_id = ranked_mobilities.extract_id
        and questionnaires.report_id = ranked_mobilities.report_id
        and ranked_mobilities.rank_in_extract = 1

)

select * from final
