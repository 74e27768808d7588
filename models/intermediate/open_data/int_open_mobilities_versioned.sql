{#- Every row of the open data with what became of it; 'current' rows are the outgoing stays of higher-education staff. -#}

with

mobilities as (

    select * from {{ ref('int_open_mobilities_scoped') }}

),

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

years as (

    select * from {{ ref('int_open_years_delivered') }}
    where is_chosen

),

final as (

    select
        mobilities.extract_id,
        mobilities.row_number,
        mobilities.project_code,
        mobilities.academic_year,
        mobilities.start_month,
        mobilities.year,
        mobilities.sending_country,
        mobilities.sending_country_code,
        mobilities.sending_erasmus_code,
        mobilities.sending_name,
        mobilities.has_damaged_name,
        mobilities.receiving_country,
        mobilities.receiving_country_code,
        mobilities.activity_text,
        mobilities.purpose_key,
        mobilities.duration_days,
        mobilities.participants_text,
        mobilities.participants_check,
        mobilities.n_participants,
        case
            when mobilities.out_of_scope_reason is not null then mobilities.out_of_scope_reason
            when years.year is not null then 'current'
            else 'superseded'
        end as row_status

    from mobilities
    inner join extracts on mobilities.extract_id = extracts.extract_id
    left join years
        on mobilities.year = years.year
        and extracts.layout = years.layout
        and extracts.extract_date = years.extract_date

)

select * from final
