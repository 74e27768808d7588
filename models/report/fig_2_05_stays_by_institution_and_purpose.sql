with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

institutions as (

    select * from {{ ref('mart_usage__institution') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

counted as (

    select
        institution_key,
        purpose_key,
        {{ exact_sum('n_participants') }} as n_stays
    from mobilities
    group by institution_key, purpose_key

),

final as (

    select
        counted.institution_key,
        institutions.short_name,
        institutions.name_nb as institution_name_nb,
        institutions.name_en as institution_name_en,
        counted.purpose_key,
        purposes.label_nb as purpose_label_nb,
        purposes.label_en as purpose_label_en,
        purposes.sort_order as purpose_sort_order,
        counted.n_stays,
        institutions.n_stays as n_institution_stays,
        institutions.stay_share as institution_share

    from counted
    inner join institutions on counted.institution_key = institutions.institution_key
    inner join purposes on counted.purpose_key = purposes.purpose_key
    where institutions.sector = '{{ var("institution_sector") }}'

)

select * from final
