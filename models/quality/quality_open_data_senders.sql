with

mobilities as (

    select * from {{ ref('int_open_mobilities_versioned') }}
    where row_status = 'current'

),

refs as (

    select * from {{ ref('int_institution_references_resolved') }}
    where source_system = 'eu_open_data'

),

sent as (

    select
        mobilities.sending_erasmus_code as erasmus_code,
        mobilities.sending_name as institution_name,
        refs.institution_key as reporting_institution_key,
        refs.matched_by,
        case
            when mobilities.sending_erasmus_code is null and mobilities.sending_name is null then 'not_named'
            when mobilities.has_damaged_name then 'damaged_name'
            else 'not_in_reference_data'
        end as finding,
        mobilities.year,
        mobilities.n_participants
    from mobilities
    inner join refs
        on refs.reference_key = {{ institution_reference_key(
            erasmus_code='mobilities.sending_erasmus_code', name='mobilities.sending_name'
        ) }}
        and mobilities.start_month = refs.reference_date
    where
        refs.matched_by = 'none'
        or mobilities.has_damaged_name

),

total as (

    select sum(n_participants) as n_all_participants from mobilities

),

final as (

    select
        sent.erasmus_code,
        sent.institution_name,
        sent.reporting_institution_key,
        sent.matched_by,
        sent.finding,
        cast(count(*) as integer) as n_rows,
        cast(sum(sent.n_participants) as integer) as n_participants,
        {{ share('sum(sent.n_participants)', 'max(total.n_all_participants)') }} as participant_share,
        min(sent.year) as first_year,
        max(sent.year) as last_year

    from sent
    cross join total
    group by sent.erasmus_code, sent.institution_name, sent.reporting_institution_key, sent.matched_by, sent.finding

)

select * from final
